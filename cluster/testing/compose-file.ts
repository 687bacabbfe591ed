import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

interface ComposeService {
  readonly build: string | { readonly target?: string }
  readonly command?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, unknown>>
}

/** A server of the cluster as `compose.yaml` has it. */
export interface ComposedServer {
  readonly name: string
  /** Arguments of the cluster's program. */
  readonly command: readonly string[]
  /** Arguments of the cluster's program that say whether it serves. */
  readonly health: readonly string[]
  readonly needs: readonly string[]
}

const program = ['CMD', 'node', 'dist/cluster/main.js']

/** @throws Error when a health check is not one by the cluster's program */
export async function composedServers(projectFolder: string): Promise<ComposedServer[]> {
  const text = await readFile(join(projectFolder, 'compose.yaml'), 'utf8')
  const { services } = parse(text, { merge: true }) as {
    services: Record<string, ComposeService>
  }
  return Object.entries(services)
    .filter(([, { build }]) => typeof build === 'object' && build.target === 'cluster')
    .map(([name, service]) => ({
      name,
      command: service.command ?? [],
      health: healthOf(name, service),
      needs: Object.keys(service.depends_on ?? {}),
    }))
}

function healthOf(name: string, { healthcheck }: ComposeService): readonly string[] {
  const test = healthcheck?.test ?? []
  if (program.some((part, index) => test[index] !== part)) {
    throw new Error(`the health check of ${name} is not one by the cluster's program`)
  }
  return test.slice(program.length)
}
