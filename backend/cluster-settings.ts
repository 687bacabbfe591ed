import { choice, list, number, optionalFolder, optionalText, text, urls } from './setting.ts'

/** What the cluster profile is told of the servers that it runs on; by default those of `npm run cluster`. */
export const clusterSettings = {
  MILLRACE_CA_FILE: optionalText(
    'A file with certificates in PEM to trust besides the usual ones, for all servers',
  ),
  MILLRACE_KAFKA_BROKERS: list('Kafka brokers; some are enough', '127.0.0.1:19000', {
    expected: 'host:port of brokers, separated by commas',
    parse: item => (/^[^:/\s]+:\d+$/.test(item) ? item : undefined),
  }),
  MILLRACE_KAFKA_TLS: choice('Whether Kafka is reached by TLS', 'off', ['on', 'off']),
  MILLRACE_KAFKA_SASL: choice('How Millrace signs in to Kafka', 'none', [
    'none',
    'plain',
    'scram-sha-256',
    'scram-sha-512',
  ]),
  MILLRACE_KAFKA_USER: optionalText('The user name for Kafka'),
  MILLRACE_KAFKA_PASSWORD: optionalText('The password for Kafka'),
  MILLRACE_KAFKA_TOPIC_PREFIX: optionalText('What the names of all topics begin with'),
  MILLRACE_KAFKA_REPLICATION: number(
    'Copies of each topic that Millrace makes; -1 as the brokers are set',
    -1,
    { min: -1, max: 100 },
  ),
  MILLRACE_HDFS_URLS: urls(
    'WebHDFS of the NameNodes, or of a gateway with its path',
    'http://127.0.0.1:19003',
  ),
  MILLRACE_HDFS_ROOT: text('The folder in HDFS that holds the lake', '/millrace/lake'),
  MILLRACE_HDFS_USER: text('The user for HDFS, where it believes user names', 'millrace'),
  MILLRACE_HDFS_DELEGATION_TOKEN: optionalText('A delegation token of HDFS'),
  MILLRACE_HDFS_AUTHORIZATION: optionalText(
    'The `Authorization` header for a gateway before HDFS, such as `Basic …`',
  ),
  MILLRACE_LAKE_CACHE: optionalFolder(
    'The folder for copies of files of the lake; when it is empty, `lake-cache` in `MILLRACE_HOME`',
  ),
  MILLRACE_LAKE_CACHE_GB: number('Gigabytes that those copies may take', 20, {
    min: 0.1,
    max: 1e6,
    isWhole: false,
  }),
  MILLRACE_HBASE_URLS: urls(
    'REST gateways of HBase, or a gateway before them with its path',
    'http://127.0.0.1:19010',
  ),
  MILLRACE_HBASE_NAMESPACE: text('The namespace of all tables', 'default'),
  MILLRACE_HBASE_TABLE_PREFIX: optionalText('What the names of all tables begin with'),
  MILLRACE_HBASE_USER: optionalText('The user for HBase, where it believes user names'),
  MILLRACE_HBASE_AUTHORIZATION: optionalText(
    'The `Authorization` header for HBase, such as `Bearer …`',
  ),
  MILLRACE_SPARK: {
    ...optionalText('Spark Connect as `host:port`; when it is empty there is no Spark'),
    byDefault: '127.0.0.1:19011',
  },
  MILLRACE_SPARK_ABOVE_GB: number(
    'Gigabytes that a statement reads on the server at most before it goes to Spark by itself',
    20,
    { min: 0.001, max: 1e6, isWhole: false },
  ),
  MILLRACE_SPARK_TLS: choice('Whether Spark is reached by TLS', 'off', ['on', 'off']),
  MILLRACE_SPARK_TOKEN: optionalText('The token for Spark'),
  MILLRACE_SPARK_LAKE: text('The lake as Spark finds it', 'hdfs://127.0.0.1:19002/millrace/lake'),
} as const
