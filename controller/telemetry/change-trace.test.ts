import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { asStep, type ChangeTrace, changeTracer } from './change-trace.ts';

function begin(): { trace: ChangeTrace; spans: () => ReturnType<InMemorySpanExporter['getFinishedSpans']> } {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const trace = changeTracer(provider.getTracer('test')).begin('propagate', { 'fedmesh.cause': 'change' });
  return { trace, spans: () => exporter.getFinishedSpans() };
}

describe('the trace of a change', () => {
  it('holds its steps together, however they overlap, and ends with the last of them', () => {
    const { trace, spans } = begin();
    const earth = trace.step('write', { 'k8s.cluster.name': 'earth' });
    const vulcan = trace.step('write', { 'k8s.cluster.name': 'vulcan' });
    trace.settle();
    vulcan.end();
    expect(spans().map(({ name }) => name)).toEqual(['write']);
    earth.end();
    const [, , root] = spans();
    expect(root).toMatchObject({ name: 'propagate', attributes: { 'fedmesh.cause': 'change' } });
    for (const span of spans().slice(0, 2)) {
      expect(span.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
      expect(span.spanContext().traceId).toBe(root?.spanContext().traceId);
    }
  });

  it('says why a step failed, and that something newer came along', async () => {
    const { trace, spans } = begin();
    trace.note('changed again', { 'fedmesh.generation': 3 });
    const refusal = asStep(trace, 'write status', {}, () => Promise.reject(new Error('the host said no')));
    await expect(refusal).rejects.toThrow('the host said no');
    trace.settle();
    const [step, root] = spans();
    expect(step).toMatchObject({ name: 'write status', status: { code: 2, message: 'the host said no' } });
    expect(root?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['changed again', { 'fedmesh.generation': 3 }],
    ]);
  });

  it('is nothing but the work itself where nothing is traced', async () => {
    expect(await asStep(undefined, 'write', {}, () => Promise.resolve(42))).toBe(42);
  });

  it('ends a step once, whoever says so twice', () => {
    const { trace, spans } = begin();
    const step = trace.step('write', {});
    step.end();
    step.end('too late');
    trace.settle();
    expect(spans().map(({ name, status }) => [name, status.code])).toEqual([
      ['write', 0],
      ['propagate', 0],
    ]);
  });
});
