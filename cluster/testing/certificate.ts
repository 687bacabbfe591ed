import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A key with the certificate that it signed itself, for loopback. */
export interface Certificate {
  /** The key in PKCS12. */
  readonly storeFile: string
  readonly passphrase: string
  /** The certificate in PEM: what a client has to trust. */
  readonly caFile: string
}

const execute = promisify(execFile)

/** Makes one in a folder, by the JDK's own tool. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [storeFile, caFile, passphrase] = [
    join(folder, 'tls.p12'),
    join(folder, 'ca.pem'),
    'secret',
  ]
  const store = ['-alias', 'tls', '-keystore', storeFile, '-storepass', passphrase]
  await execute('keytool', [
    '-genkeypair',
    ...store,
    ...['-storetype', 'PKCS12', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2'],
    ...['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1', '-ext', 'bc:c=ca:true'],
  ])
  await execute('keytool', ['-exportcert', ...store, '-rfc', '-file', caFile])
  return { storeFile, passphrase, caFile }
}

/** The same as Node's servers take it. */
export async function tlsOptions({ storeFile, passphrase }: Certificate) {
  return { pfx: await readFile(storeFile), passphrase }
}
