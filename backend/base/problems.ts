/**
 * Every failure that Millrace names: HTTP status, title, and whether the same request may succeed later.
 * `docs/problems.md` explains each one, and a test holds the two together.
 */
export const problems = {
  'bad-request': { status: 400, title: 'The request is not valid', retryable: false },
  'forbidden-origin': {
    status: 403,
    title: 'The request comes from another site',
    retryable: false,
  },
  'not-found': { status: 404, title: 'There is no such thing', retryable: false },
  'unknown-stream': { status: 404, title: 'There is no such stream', retryable: false },
  'unknown-document': { status: 404, title: 'There is no such document', retryable: false },
  'document-exists': { status: 409, title: 'A document of this name exists', retryable: false },
  'document-changed': {
    status: 412,
    title: 'The document was changed by someone else',
    retryable: false,
  },
  'document-unreadable': { status: 422, title: 'The document cannot be read', retryable: false },
  'document-unwritable': { status: 500, title: 'The document cannot be changed', retryable: false },
  'condition-missing': {
    status: 428,
    title: 'The request does not say which version it means',
    retryable: false,
  },
  'payload-too-large': { status: 413, title: 'The request is too large', retryable: false },
  'rows-rejected': { status: 422, title: 'None of the events could be accepted', retryable: false },
  'sql-syntax': { status: 400, title: 'The SQL cannot be parsed', retryable: false },
  'sql-unknown-name': {
    status: 400,
    title: 'The SQL names something that does not exist',
    retryable: false,
  },
  'sql-invalid': { status: 400, title: 'The SQL is not valid', retryable: false },
  'sql-parameter': {
    status: 400,
    title: 'A parameter is missing or has no value',
    retryable: false,
  },
  'sql-not-allowed': { status: 403, title: 'The statement is not allowed', retryable: false },
  'view-not-mergeable': {
    status: 400,
    title: 'The SELECT cannot be kept as a live view',
    retryable: false,
  },
  'view-exists': { status: 409, title: 'A live view of this name exists', retryable: false },
  'table-exists': { status: 409, title: 'A table of this name exists', retryable: false },
  'unknown-table': { status: 404, title: 'There is no such table', retryable: false },
  'unknown-view': { status: 404, title: 'There is no such live view', retryable: false },
  'sql-runtime': { status: 422, title: 'The statement failed while it ran', retryable: false },
  'query-memory': { status: 422, title: 'The statement needs too much memory', retryable: false },
  'query-timeout': { status: 422, title: 'The statement ran too long', retryable: false },
  'query-cancelled': { status: 499, title: 'The statement was cancelled', retryable: false },
  'query-result-too-large': {
    status: 422,
    title: 'The result is too large for this use',
    retryable: false,
  },
  'query-busy': { status: 503, title: 'Too many statements are waiting', retryable: true },
  'engine-unavailable': { status: 503, title: 'The query engine is restarting', retryable: true },
  'disk-full': { status: 507, title: 'The disk is full', retryable: true },
  'memory-full': { status: 503, title: 'There is no memory left for now', retryable: true },
  'log-unavailable': { status: 503, title: 'The event log cannot be reached', retryable: true },
  'log-offsets-expired': {
    status: 409,
    title: 'Offsets are gone from the event log',
    retryable: false,
  },
  'log-truncated': { status: 409, title: 'The event log lost its end', retryable: false },
  'log-format': { status: 409, title: 'The topic holds unreadable records', retryable: false },
  'log-topic-recreated': { status: 409, title: 'The topic was recreated', retryable: false },
  'ingest-gap': { status: 409, title: 'Offsets are missing from the stream', retryable: false },
  'ingest-waiting': { status: 503, title: 'Ingest waits for an answer', retryable: true },
  'lake-conflict': {
    status: 409,
    title: 'Another writer committed these offsets',
    retryable: false,
  },
  'live-store-unavailable': {
    status: 503,
    title: 'The live store cannot be reached',
    retryable: true,
  },
  'lake-unavailable': { status: 503, title: 'The lake cannot be reached', retryable: true },
  'lake-cache-full': {
    status: 507,
    title: 'The history does not fit on this machine',
    retryable: false,
  },
  'lake-corrupt': { status: 500, title: 'The lake cannot be read', retryable: false },
  'nothing-to-set-aside': {
    status: 409,
    title: 'There is nothing to set aside',
    retryable: false,
  },
  'lake-schema': { status: 409, title: 'The table has another schema', retryable: false },
  'stream-definition': {
    status: 400,
    title: 'The stream definition is not valid',
    retryable: false,
  },
  'home-in-use': {
    status: 409,
    title: 'The data folder is in use by another process',
    retryable: false,
  },
  'port-in-use': { status: 409, title: 'The port is in use', retryable: false },
  setting: { status: 400, title: 'A setting is not valid', retryable: false },
  internal: { status: 500, title: 'Something went wrong inside Millrace', retryable: false },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ProblemCode = keyof typeof problems
