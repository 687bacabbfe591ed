import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { Plugin } from 'vite'

const compress = promisify(brotliCompress)
const compressible = /\.(js|css|html|svg|json|wasm)$/
const smallestBytes = 1_024
const bestQuality = 11
/** The best one takes minutes for WebAssembly, and saves little. */
const wasmQuality = 9

/** Puts a `.br` file beside each text file of the build, for the server to hand out as it is. */
export function precompress(): Plugin {
  let folder = ''
  return {
    name: 'millrace-precompress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    async closeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      for (const entry of entries) {
        if (entry.isFile() && compressible.test(entry.name)) {
          await compressFile(join(entry.parentPath, entry.name))
        }
      }
    },
  }
}

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path)
  if (bytes.length < smallestBytes) return
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_QUALITY]: path.endsWith('.wasm') ? wasmQuality : bestQuality,
  }
  await writeFile(`${path}.br`, await compress(bytes, { params }))
}
