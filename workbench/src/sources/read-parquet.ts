import type { Bytes } from '../result/result.ts'
import type { ParquetAnswer } from './parquet-answer.ts'
import ParquetWorker from './parquet-worker.ts?worker'

/** A Parquet file as an Arrow stream, read beside the page. */
export async function readParquet(file: ArrayBuffer): Promise<Bytes> {
  const worker = new ParquetWorker()
  try {
    const answer = await new Promise<ParquetAnswer>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<ParquetAnswer>) => resolve(data)
      worker.onerror = event => reject(new Error(event.message || 'its reader broke'))
      worker.postMessage(file, [file])
    })
    if ('error' in answer) throw new Error(answer.error)
    return answer.stream
  } finally {
    worker.terminate()
  }
}
