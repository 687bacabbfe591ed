import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { Artifacts } from '../artifacts.ts'
import { Cluster } from '../cluster.ts'
import { type ClusterAddresses, Places } from '../places.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAddresses
  }
}

const testPortBase = 19_100
const projectFolder = join(import.meta.dirname, '..', '..')

/**
 * Starts a cluster for the tests, and removes it after them. With MILLRACE_TEST_CLUSTER=19000 they use the one that
 * runs at these ports: quicker, when they run again and again.
 */
export default async function testCluster(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.MILLRACE_TEST_CLUSTER
  if (running !== undefined) {
    project.provide('cluster', new Places({ folder: '', portBase: Number(running) }).addresses)
    return async () => {}
  }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-cluster-'))
  const places = new Places({ folder, portBase: testPortBase })
  const cluster = new Cluster({
    places,
    artifacts: new Artifacts(
      join(projectFolder, 'cluster', 'artifacts'),
      join(projectFolder, 'dist', 'classpaths'),
    ),
    report: (service, news) => process.stdout.write(`${service.padEnd(9)} ${news}\n`),
  })
  const stop = async () => {
    await cluster.down()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await cluster.up()
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('cluster', places.addresses)
  return stop
}
