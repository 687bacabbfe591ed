import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { eventLogContract } from './event-log.contract.ts'
import { KafkaEventLog } from './kafka-event-log.ts'

function open(topicPrefix: string): KafkaEventLog {
  const options = { brokers: [inject('cluster').kafka], topicPrefix, replicationFactor: 1 }
  return new KafkaEventLog(options, systemClock, silentLog)
}

let prefix = ''
eventLogContract('KafkaEventLog', {
  async open() {
    prefix = `contract-${randomUUID()}-`
    return open(prefix)
  },
  async reopen(log) {
    await log.close()
    return open(prefix)
  },
  dispose: log => log.close(),
})
