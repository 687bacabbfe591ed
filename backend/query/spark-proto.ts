import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import protobuf from 'protobufjs'

/** The part of Spark Connect that is used here; names and numbers of fields are its own. */
const definition = `
  syntax = "proto3";
  package spark.connect;

  service SparkConnectService {
    rpc ExecutePlan(ExecutePlanRequest) returns (stream ExecutePlanResponse) {}
    rpc Interrupt(InterruptRequest) returns (InterruptResponse) {}
    rpc ReleaseSession(ReleaseSessionRequest) returns (ReleaseSessionResponse) {}
  }

  message UserContext { string user_id = 1; }

  message ExecutePlanRequest {
    string session_id = 1;
    UserContext user_context = 2;
    Plan plan = 3;
    optional string client_type = 4;
    optional string operation_id = 6;
  }
  message Plan { oneof op_type { Relation root = 1; } }
  message Relation {
    oneof rel_type {
      Sql sql = 10;
      LocalRelation local_relation = 11;
      SubqueryAlias subquery_alias = 16;
      WithRelations with_relations = 41;
    }
  }
  message Sql { string query = 1; }
  message LocalRelation { optional bytes data = 1; }
  message SubqueryAlias {
    Relation input = 1;
    string alias = 2;
  }
  message WithRelations {
    Relation root = 1;
    repeated Relation references = 2;
  }

  message ExecutePlanResponse {
    string operation_id = 12;
    oneof response_type {
      ArrowBatch arrow_batch = 2;
      ExecutionProgress execution_progress = 18;
    }
  }
  message ArrowBatch {
    int64 row_count = 1;
    bytes data = 2;
  }
  message ExecutionProgress {
    repeated StageInfo stages = 1;
    message StageInfo {
      int64 num_tasks = 2;
      int64 num_completed_tasks = 3;
    }
  }

  message InterruptRequest {
    string session_id = 1;
    UserContext user_context = 2;
    int32 interrupt_type = 4;
    oneof interrupt { string operation_id = 6; }
  }
  message InterruptResponse {}

  message ReleaseSessionRequest {
    string session_id = 1;
    UserContext user_context = 2;
  }
  message ReleaseSessionResponse {}
`

/** A relation as protobuf has it: SQL text, rows in Arrow, a name for another relation, or SQL over named relations. */
export type SparkRelation =
  | { readonly sql: { readonly query: string } }
  | { readonly localRelation: { readonly data: Buffer } }
  | { readonly subqueryAlias: { readonly input: SparkRelation; readonly alias: string } }
  | {
      readonly withRelations: {
        readonly root: SparkRelation
        readonly references: readonly SparkRelation[]
      }
    }

export interface ExecutePlanResponse {
  readonly arrowBatch?: { readonly rowCount: number; readonly data: Buffer } | null
  readonly executionProgress?: {
    readonly stages: readonly { readonly numTasks: number; readonly numCompletedTasks: number }[]
  } | null
}

/** The client of Spark's service, made from the definition above. */
export function sparkService(): ServiceClientConstructor {
  const { root } = protobuf.parse(definition)
  const loaded = fromJSON(root.toJSON(), { longs: Number, defaults: true })
  const { spark } = loadPackageDefinition(loaded) as unknown as {
    spark: { connect: { SparkConnectService: ServiceClientConstructor } }
  }
  return spark.connect.SparkConnectService
}
