import { randomUUID } from 'node:crypto'
import { Client, credentials } from '@grpc/grpc-js'

const waitMsMax = 60_000
const service = '/spark.connect.SparkConnectService'

/** Runs a statement on Spark Connect, and throws unless rows come back. */
export async function probeSpark(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure())
  const session = Buffer.concat([bytes(1, randomUUID()), bytes(2, bytes(1, 'probe'))])
  try {
    await execute(client, Buffer.concat([session, bytes(3, selectOne)]))
    await release(client, session)
  } finally {
    client.close()
  }
}

/** A field of a protobuf message that holds text or another message, shorter than 128 bytes. */
function bytes(field: number, content: string | Buffer): Buffer {
  const value = Buffer.from(content)
  return Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), value])
}

/** plan.root.sql.query */
const selectOne = bytes(1, bytes(10, bytes(1, 'SELECT 1')))

function execute(client: Client, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = client.makeServerStreamRequest(
      `${service}/ExecutePlan`,
      asItIs,
      asItIs,
      request,
      deadline(),
    )
    let answered = false
    call.on('data', () => {
      answered = true
    })
    call.on('error', reject)
    call.on('end', () => (answered ? resolve() : reject(new Error('Spark answered nothing'))))
  })
}

function release(client: Client, session: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `${service}/ReleaseSession`,
      asItIs,
      asItIs,
      session,
      deadline(),
      error => (error ? reject(error) : resolve()),
    )
  })
}

function deadline() {
  return { deadline: Date.now() + waitMsMax }
}

function asItIs(message: Buffer): Buffer {
  return message
}
