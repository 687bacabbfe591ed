import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Listed {
  readonly FileStatuses: {
    readonly FileStatus: readonly {
      readonly pathSuffix: string
      readonly type: 'FILE' | 'DIRECTORY'
    }[]
  }
}

/** Copies a folder of HDFS with all below it, by plain requests: nothing of Millrace has a hand in it. */
export async function copyFromHdfs(webhdfs: string, folder: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const { FileStatuses } = (await (await get(webhdfs, folder, 'LISTSTATUS')).json()) as Listed
  for (const { pathSuffix, type } of FileStatuses.FileStatus) {
    const [from, into] = [`${folder}/${pathSuffix}`, join(to, pathSuffix)]
    if (type === 'DIRECTORY') await copyFromHdfs(webhdfs, from, into)
    else await writeFile(into, Buffer.from(await (await get(webhdfs, from, 'OPEN')).arrayBuffer()))
  }
}

async function get(webhdfs: string, path: string, operation: string): Promise<Response> {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const response = await fetch(`${webhdfs}/webhdfs/v1${encoded}?op=${operation}&user.name=millrace`)
  if (!response.ok) throw new Error(`${operation} ${path}: ${await response.text()}`)
  return response
}
