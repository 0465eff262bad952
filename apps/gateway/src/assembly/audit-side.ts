import { hostname } from 'node:os';
import { lineOutput, type Logger, systemClock } from '@tributary/runtime';
import { AuditLog } from '../audit/audit-log.ts';
import type { AuditSink, SinkName, SinkNews } from '../audit/audit-sink.ts';
import { FileSink } from '../audit/file-sink.ts';
import { StdoutSink } from '../audit/stdout-sink.ts';
import { SyslogSink } from '../audit/syslog/syslog-sink.ts';
import type { GatewayConfig } from '../config/config.ts';

type AuditConfig = GatewayConfig['audit'];

/** The audit log, with the places its configuration names open. */
export function buildAudit(
  config: AuditConfig,
  logger: Logger,
  nodeName: () => string,
): AuditLog<AuditConfig> {
  const doors = sinkDoors(logger);
  /** What each place was opened with. */
  const openedWith = new Map<SinkName, string>();
  return new AuditLog(config, {
    ...systemClock,
    nodeName,
    openSinks: (settings, open) =>
      doors.flatMap(({ name, slice, openSink }) => {
        const wanted = slice(settings);
        const before = open.find((sink) => sink.name === name);
        const isSame = openedWith.get(name) === wanted;
        if (wanted === undefined) openedWith.delete(name);
        else openedWith.set(name, wanted);
        if (wanted === undefined) return [];
        return [before !== undefined && isSame ? before : openSink(settings)];
      }),
  });
}

/** How one place is opened, and the part of the settings that says how, as text; undefined: it is not wanted. */
interface SinkDoor {
  readonly name: SinkName;
  slice(settings: AuditConfig): string | undefined;
  openSink(settings: AuditConfig): AuditSink;
}

function sinkDoors(logger: Logger): readonly SinkDoor[] {
  const output = lineOutput(logger);
  const news: SinkNews = {
    onDown: (sink, why) =>
      logger.warn({ sink, why }, 'the audit cannot be written; what finds no room is lost'),
    onUp: (sink) => logger.info({ sink }, 'the audit is written again'),
  };
  return [
    {
      name: 'stdout',
      slice: ({ stdout }) => (stdout ? 'on' : undefined),
      openSink: () => new StdoutSink(output),
    },
    {
      name: 'file',
      slice: ({ file }) => file && JSON.stringify(file),
      openSink: ({ file }) => new FileSink({ ...file!, ...systemClock }, news),
    },
    {
      name: 'syslog',
      slice: ({ syslog }) => syslog && JSON.stringify(syslog),
      openSink: ({ syslog }) => openSyslog(syslog!, news),
    },
  ];
}

function openSyslog(config: NonNullable<AuditConfig['syslog']>, news: SinkNews): SyslogSink {
  const { protocol, host, port, tls = {}, maxBufferBytes, facility, appName, enterpriseNumber } = config;
  const origin = { facility, appName, enterpriseNumber, hostName: hostname(), processId: process.pid };
  return new SyslogSink({ protocol, host, port, tls, maxBufferBytes, origin, random: Math.random }, news);
}
