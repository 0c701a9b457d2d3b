import { answerSelfSubjectReview, answerTokenReview } from '../../authentication/reviews.ts';
import { builtInKind } from '../built-in-kind.ts';

const group = 'authentication.k8s.io';
const version = 'v1';

export const tokenReviews = builtInKind({
  group,
  version,
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  answer: answerTokenReview,
});

export const selfSubjectReviews = builtInKind({
  group,
  version,
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  answer: answerSelfSubjectReview,
});
