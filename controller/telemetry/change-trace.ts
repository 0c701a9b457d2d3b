import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** Begins the traces; OpenTelemetry's API, whatever stands behind it. */
export interface ChangeTracer {
  begin(name: string, attributes: Attributes): ChangeTrace;
}

export function changeTracer(tracer: Tracer): ChangeTracer {
  return { begin: (name, attributes) => new ChangeTrace(tracer, name, attributes) };
}

/** One part of a trace. */
export interface Step {
  /** A moment within it. */
  note(name: string, attributes?: Attributes): void;
  /** Failed when a reason is given. */
  end(reason?: string): void;
}

/**
 * The trace of one change, from the moment it was heard of to the status that tells of it. Its steps (reconciles, writes in
 * members, the status write) follow and overlap each other in many calls, so it is kept with what is remembered of the object instead of in
 * the context of a call.
 */
export class ChangeTrace {
  readonly #tracer: Tracer;
  readonly #root: Span;
  readonly #context: Context;
  #open = 0;
  #settled = false;

  constructor(tracer: Tracer, name: string, attributes: Attributes) {
    this.#tracer = tracer;
    this.#root = tracer.startSpan(name, { attributes, root: true });
    this.#context = trace.setSpan(context.active(), this.#root);
  }

  /** Something newer came along before all was done. */
  note(name: string, attributes: Attributes = {}): void {
    this.#root.addEvent(name, attributes);
  }

  step(name: string, attributes: Attributes): Step {
    const span = this.#tracer.startSpan(name, { attributes }, this.#context);
    this.#open += 1;
    let ended = false;
    return {
      note: (event, about = {}) => void span.addEvent(event, about),
      end: (reason) => {
        if (ended) return;
        ended = true;
        if (reason !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
        span.end();
        this.#open -= 1;
        this.#close();
      },
    };
  }

  /** Nothing begins any more: it ends with the last of its steps. */
  settle(): void {
    this.#settled = true;
    this.#close();
  }

  #close(): void {
    if (this.#settled && this.#open === 0) this.#root.end();
  }
}

/** Does the work as a step of the trace, or, where nothing is traced, just does it. */
export async function asStep<T>(
  of: ChangeTrace | undefined,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  if (of === undefined) return work();
  const step = of.step(name, attributes);
  try {
    const result = await work();
    step.end();
    return result;
  } catch (error) {
    step.end(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
