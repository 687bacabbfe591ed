import { randomUUID } from 'node:crypto'
import {
  type Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import { type ExecutePlanResponse, type SparkRelation, sparkService } from './spark-proto.ts'

/** How Spark Connect is reached and signed in to. */
export interface SparkConnection {
  /** `host:port`. */
  readonly address: string
  readonly usesTls: boolean
  readonly token?: string | undefined
  /** Certificates to trust besides the usual ones, in PEM. */
  readonly ca?: string | undefined
}

type Unary = (
  request: object,
  metadata: Metadata,
  options: { deadline: number },
  done: (error: ServiceError | null) => void,
) => void

interface SparkClient extends Client {
  executePlan(request: object, metadata: Metadata): ClientReadableStream<ExecutePlanResponse>
  interrupt: Unary
  releaseSession: Unary
}

const clientType = 'millrace'
const userContext = { userId: 'millrace' }
const byOperationId = 3
const answerMsMax = 10_000
const messageBytesMax = 128 * 2 ** 20

/** One session of Spark Connect: what a server that has restarted knows nothing of any more. */
export class SparkSession {
  readonly #client: SparkClient
  readonly #metadata = new Metadata()
  readonly #sessionId = randomUUID()

  constructor({ address, usesTls, token, ca }: SparkConnection) {
    const trusted = ca === undefined ? null : Buffer.from(ca)
    const channel = usesTls ? credentials.createSsl(trusted) : credentials.createInsecure()
    const Service = sparkService()
    this.#client = new Service(address, channel, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': messageBytesMax,
    }) as unknown as SparkClient
    if (token !== undefined) this.#metadata.set('authorization', `Bearer ${token}`)
  }

  /** What comes of a relation: Arrow batches and progress. Closing the stream does not stop Spark: `interrupt` does. */
  execute(root: SparkRelation, operationId: string): ClientReadableStream<ExecutePlanResponse> {
    const request = {
      sessionId: this.#sessionId,
      userContext,
      plan: { root },
      clientType,
      operationId,
    }
    return this.#client.executePlan(request, this.#metadata)
  }

  interrupt(operationId: string): Promise<void> {
    return this.#ask('interrupt', { interruptType: byOperationId, operationId })
  }

  /** Lets the server forget the session; one that is away has nothing to forget. */
  async close(): Promise<void> {
    await this.#ask('releaseSession', {}).catch(() => {})
    this.#client.close()
  }

  #ask(name: 'interrupt' | 'releaseSession', request: object): Promise<void> {
    const whole = { sessionId: this.#sessionId, userContext, ...request }
    const options = { deadline: Date.now() + answerMsMax }
    return new Promise((resolve, reject) => {
      this.#client[name](whole, this.#metadata, options, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  }
}
