/**
 * The lowest versions that our ranges may admit, and why: older ones have a hole that is known. npm's audit sees only what is
 * installed, which is the newest; `npm run verify` holds every package.json, and what scaffolds write, against this table.
 */
export const floors = {
  '@grpc/grpc-js': {
    lowest: '1.14.4',
    reason: 'CVE-2026-48068 and CVE-2026-48069: a malformed request ends the process',
  },
  '@grpc/proto-loader': {
    lowest: '0.8.1',
    reason: 'CVE-2026-41242: older ones admit a protobufjs that runs code of a malicious contract',
  },
  protobufjs: {
    lowest: '7.6.5',
    reason: 'CVE-2026-41242, CVE-2026-44291 and CVE-2026-59877',
  },
  '@nestjs/common': {
    lowest: '11.0.16',
    reason: 'CVE-2024-29409: FileTypeValidator believes the Content-Type of an upload',
  },
  '@nestjs/core': {
    lowest: '11.1.18',
    reason: 'CVE-2026-35515: server-sent events can be injected',
  },
  '@nestjs/microservices': {
    lowest: '11.1.19',
    reason: 'GHSA-hpwf-8g29-85qm: many small messages of the TCP transport exhaust the stack',
  },
  '@opentelemetry/core': {
    lowest: '2.8.0',
    reason: 'CVE-2026-54285: a baggage header takes memory without bounds',
  },
  yaml: {
    lowest: '2.8.3',
    reason: 'CVE-2026-33532: nested collections exhaust the stack',
  },
};
