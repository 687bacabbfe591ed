"""
Reads a topic of JSON events from Kafka to its end and writes it to a Delta table, as the documentation of Spark
Structured Streaming does it. Prints how many seconds that took, and the rows of the table.
"""

import json
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json, to_date
from pyspark.sql.types import StructType

spark_address, brokers, topic, schema, event_time, rows_a_batch, target = sys.argv[1:]
spark = SparkSession.builder.remote(f"sc://{spark_address}").getOrCreate()
spark.range(1).count()

records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", brokers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", rows_a_batch)
    .load()
)
event = from_json(col("value").cast("string"), StructType.fromJson(json.loads(schema)))
rows = records.select(event.alias("event"), "partition", "offset").select(
    "event.*", "partition", "offset", to_date(col(f"event.{event_time}")).alias("event_date")
)
started = time.monotonic()
query = (
    rows.writeStream.format("delta")
    .option("checkpointLocation", f"{target}/_checkpoint")
    .partitionBy("event_date")
    .trigger(availableNow=True)
    .start(target)
)
query.awaitTermination()
seconds = time.monotonic() - started
print(json.dumps({"seconds": seconds, "rows": spark.read.format("delta").load(target).count()}))
spark.stop()
