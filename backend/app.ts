import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Log } from './base/log.ts'
import type { Millrace } from './compose.ts'
import type { Config } from './config.ts'
import { EventCheck } from './events/event-check.ts'
import { dashboardKind, notebookKind } from './notebooks/document-kind.ts'
import { DocumentStore } from './notebooks/document-store.ts'
import { appendRoutes } from './routes/append.ts'
import { documentRoutes } from './routes/documents.ts'
import { liveRoutes } from './routes/live.ts'
import { queryRoutes } from './routes/queries.ts'
import { systemRoutes } from './routes/system.ts'
import { verificationRoutes } from './routes/verification.ts'
import { buildServer } from './server.ts'

/** The server of a Millrace with all its routes, not listening yet. */
export async function buildApp(
  millrace: Millrace,
  { config, log, projectFolder }: { config: Config; log: Log; projectFolder: string },
): Promise<FastifyInstance> {
  const version = await versionOf(projectFolder)
  const { progress, clock, catalog, queries, live, eventLog, definitions } = millrace
  const check = new EventCheck(millrace.duckDb, millrace.scratchFolder)
  const notebooks = new DocumentStore(config.MILLRACE_NOTEBOOKS, notebookKind)
  const dashboards = new DocumentStore(config.MILLRACE_NOTEBOOKS, dashboardKind)
  const profile = config.MILLRACE_PROFILE
  const statuses = () => progress.map(stream => stream.status(clock.now()))
  return buildServer({
    routes: [
      queryRoutes(queries),
      documentRoutes({ notebooks, dashboards }),
      appendRoutes({ eventLog, definitions, check }),
      systemRoutes({ catalog, progress, profile, version, clock }),
      verificationRoutes(millrace.verifier),
      liveRoutes({ live, clock, statuses }),
    ],
    version,
    allowedHosts: [config.MILLRACE_HOST, ...config.MILLRACE_ALLOWED_HOSTS],
    workbenchFolder: join(projectFolder, 'dist', 'workbench'),
    docsFolder: join(projectFolder, 'docs'),
    log,
  })
}

async function versionOf(projectFolder: string): Promise<string> {
  const text = await readFile(join(projectFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
