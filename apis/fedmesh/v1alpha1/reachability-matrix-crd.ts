import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { integer, listOf, object, text, timestamp } from '../../crd/schema.ts';
import { REACHABILITY_MATRICES } from './reachability-matrix.ts';

export function reachabilityMatrixCrd(): CustomResourceDefinition {
  const state = ['Reachable', 'Unreachable', 'Unknown'];
  const problem = object(
    'A member that could not be asked.',
    { cluster: text('Name of the member.'), reason: text('Why, in one word.'), message: text('Why, and what to do.') },
    { required: ['cluster', 'reason', 'message'] },
  );
  const pair = object(
    'From one member to another.',
    {
      from: text('The member that asks.'),
      to: text('The member that is asked.'),
      pods: text('Whether its pods are reached.', { enum: state }),
      services: text('Whether its Services are reached.', { enum: [...state, 'NotProbed'] }),
      class: text('One word for what is wrong; Reachable when nothing is.'),
      message: text('What was seen.'),
      wayOut: text('What to do about it.'),
      latencyMs: { description: 'Of the fastest answer, milliseconds.', type: 'number' },
      probedAt: timestamp('When the oldest of what counts was found.'),
      since: timestamp('Since when the class is what it is.'),
    },
    { required: ['from', 'to', 'pods', 'services', 'class', 'since'] },
  );
  return defineCrd({
    resource: REACHABILITY_MATRICES,
    description: 'Which member reaches which. Written by the controller.',
    columns: [
      { name: 'pairs', type: 'integer', jsonPath: '.status.summary.pairs' },
      { name: 'reachable', type: 'integer', jsonPath: '.status.summary.reachable' },
      { name: 'unreachable', type: 'integer', jsonPath: '.status.summary.unreachable' },
      { name: 'unknown', type: 'integer', jsonPath: '.status.summary.unknown' },
      { name: 'observed', type: 'date', jsonPath: '.status.observedAt' },
      AGE_COLUMN,
    ],
    properties: {
      status: object(
        'What was found.',
        {
          observedAt: timestamp('When it was put together.'),
          answered: text('Id of the last request to ask everything anew that this answers.'),
          summary: object(
            'All pairs, whether or not they fit the list.',
            {
              pairs: integer('Ordered pairs of members.'),
              reachable: integer('Nothing is wrong.'),
              unreachable: integer('Something is.'),
              unknown: integer('Nothing fresh is known.'),
            },
            { required: ['pairs', 'reachable', 'unreachable', 'unknown'] },
          ),
          problems: listOf(problem, 'Members that could not be asked, or that lack probes.'),
          pairs: listOf(pair, 'Those that fail first.'),
          omitted: integer('Pairs that there was no room for.'),
        },
        { required: ['observedAt', 'summary', 'pairs'] },
      ),
    },
    required: [],
  });
}
