import {
  answerLocalSubjectAccessReview,
  answerSelfSubjectAccessReview,
  answerSelfSubjectRulesReview,
  answerSubjectAccessReview,
} from '../../authorization/reviews.ts';
import { builtInKind } from '../built-in-kind.ts';

const group = 'authorization.k8s.io';
const version = 'v1';

export const subjectAccessReviews = builtInKind({
  group,
  version,
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  answer: answerSubjectAccessReview,
});

export const localSubjectAccessReviews = builtInKind({
  group,
  version,
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  answer: answerLocalSubjectAccessReview,
});

export const selfSubjectAccessReviews = builtInKind({
  group,
  version,
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  answer: answerSelfSubjectAccessReview,
});

export const selfSubjectRulesReviews = builtInKind({
  group,
  version,
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  answer: answerSelfSubjectRulesReview,
});
