import { spawnSync } from 'node:child_process'

/** Says what the cluster needs and is not here, or undefined when all is. */
export function missingForCluster() {
  const missing = ['java', 'mvn'].filter(command => spawnSync(command, ['-version']).error)
  return missing.length === 0 ? undefined : missing.join(' and ')
}
