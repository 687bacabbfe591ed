import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export type SiteProperties = Readonly<Record<string, string | number | boolean>>

/** Writes settings in the form that Hadoop and HBase read. */
export async function writeSite(file: string, properties: SiteProperties): Promise<void> {
  const lines = Object.entries(properties).map(
    ([name, value]) =>
      `  <property><name>${name}</name><value>${escapeXml(String(value))}</value></property>`,
  )
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `<configuration>\n${lines.join('\n')}\n</configuration>\n`)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** What Hadoop needs to reach into on Java 17, a small heap, and its log on the standard output. */
export function hadoopMachine(heap: string, folder: string): string[] {
  return [
    `-Xmx${heap}`,
    '-XX:+UseSerialGC',
    '-Xss512k',
    '-XX:-UsePerfData',
    '-Djava.net.preferIPv4Stack=true',
    `-Dhadoop.home.dir=${folder}`,
    `-Djava.io.tmpdir=${folder}/data/tmp`,
    ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    '--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED',
    '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
    '--add-exports=java.base/sun.security.x509=ALL-UNNAMED',
    '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
  ]
}

const opened = [
  'java.lang',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.nio.channels.spi',
  'java.util',
  'java.util.concurrent',
  'jdk.internal.ref',
]

export const hadoopLogging = `log4j.rootLogger=INFO,stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{ISO8601} %-5p [%t] %c{2}: %m%n
`
