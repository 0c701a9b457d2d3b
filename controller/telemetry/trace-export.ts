import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { type ChangeTracer, changeTracer } from './change-trace.ts';
import type { Log } from './log.ts';

export interface TraceExport {
  readonly tracer: ChangeTracer;
  /** Sends what is left, for a second at most. */
  close(): Promise<void>;
}

export interface TraceExportOptions {
  /** That of the process: the exporters read it too. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Tells this process from other replicas. */
  readonly instance: string;
  readonly log: Log;
}

const CLOSE_MS = 1_000;

/**
 * Sends traces where OpenTelemetry's environment variables say: `OTEL_TRACES_EXPORTER` (`otlp`, `console` or `none`),
 * `OTEL_EXPORTER_OTLP_[TRACES_]ENDPOINT`, `…_PROTOCOL` (`http/protobuf` or `http/json`), `…_HEADERS` and so on, `OTEL_SERVICE_NAME`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`. `undefined` where none of them asks for traces: then none of it is loaded.
 *
 * @throws RangeError for an exporter or a protocol that there is not
 */
export async function startTraceExport(options: TraceExportOptions): Promise<TraceExport | undefined> {
  const { env, version, instance, log } = options;
  const wish = exporterWanted(env);
  if (wish === 'none') return undefined;
  const { BasicTracerProvider, BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor } = await import(
    '@opentelemetry/sdk-trace-base'
  );
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  );
  const processor =
    wish === 'console'
      ? new SimpleSpanProcessor(new ConsoleSpanExporter())
      : new BatchSpanProcessor(await otlpExporter(env));
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': 'fedmesh-controller',
          'service.version': version,
          'service.instance.id': instance,
        }),
      )
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [processor],
  });
  const warn = (message: string, ...more: unknown[]) => log.warn({ more }, `tracing: ${message}`);
  const ignore = () => undefined;
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  log.info({ exporter: wish }, 'changes are traced');
  return {
    tracer: changeTracer(provider.getTracer('fedmesh', version)),
    async close() {
      await Promise.race([
        provider.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent')),
        new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
      ]);
    },
  };
}

function exporterWanted(env: TraceExportOptions['env']): 'otlp' | 'console' | 'none' {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return 'none';
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  const wish = env.OTEL_TRACES_EXPORTER?.trim() || (endpoint === '' ? 'none' : 'otlp');
  if (wish === 'otlp' || wish === 'console' || wish === 'none') return wish;
  throw new RangeError(`OTEL_TRACES_EXPORTER: there is no exporter "${wish}"; use otlp, console or none`);
}

async function otlpExporter(env: TraceExportOptions['env']): Promise<SpanExporter> {
  const protocol =
    env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?.trim() || env.OTEL_EXPORTER_OTLP_PROTOCOL?.trim() || 'http/protobuf';
  if (protocol === 'http/protobuf') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    return new OTLPTraceExporter();
  }
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    return new OTLPTraceExporter();
  }
  throw new RangeError(
    `OTEL_EXPORTER_OTLP_PROTOCOL: "${protocol}" is not spoken; use http/protobuf or http/json, which collectors take on port 4318`,
  );
}
