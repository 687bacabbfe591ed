import init, { readParquet } from 'parquet-wasm/esm'
import wasmUrl from 'parquet-wasm/esm/parquet_wasm_bg.wasm?url'
import type { ParquetAnswer } from './parquet-answer.ts'

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ArrayBuffer>) => void
  postMessage(answer: ParquetAnswer, transfer?: Transferable[]): void
}

scope.onmessage = async ({ data }) => {
  try {
    await init({ module_or_path: new URL(wasmUrl, self.location.origin) })
    const stream = new Uint8Array(readParquet(new Uint8Array(data)).intoIPCStream())
    scope.postMessage({ stream }, [stream.buffer])
  } catch (error) {
    scope.postMessage({ error: error instanceof Error ? error.message : String(error) })
  }
}
