import type * as Monaco from 'monaco-editor/editor/editor.api.js'
import type { CatalogFunction } from '../../../backend/contract/catalog.ts'
import { colourAtOnce } from './colour-at-once.ts'
import { emptyCatalog, type SqlCatalog } from './sql-catalog.ts'
import { type Completion, type Completions, completeSql } from './sql-complete.ts'
import { callAt, hoverSql } from './sql-hover.ts'
import { type LineMode, tokenizeLine } from './sql-tokens.ts'

type MonacoApi = typeof Monaco

export const sqlLanguage = 'millrace-sql'

/** What Monaco knows of SQL; the catalog behind it may change. */
export interface SqlSupport {
  setCatalog(catalog: SqlCatalog): void
}

/** Teaches Monaco the SQL of this page: colours, completion, signatures and hovers. */
export function registerSql(monaco: MonacoApi): SqlSupport {
  const { languages } = monaco
  let catalog = emptyCatalog
  const colour = (): void => {
    languages.setTokensProvider(sqlLanguage, new SqlTokens(catalog.keywords))
    for (const model of monaco.editor.getModels()) {
      if (model.getLanguageId() === sqlLanguage) colourAtOnce(monaco, model)
    }
  }
  languages.register({ id: sqlLanguage })
  languages.setLanguageConfiguration(sqlLanguage, configuration)
  languages.registerCompletionItemProvider(sqlLanguage, {
    triggerCharacters: ['.', ' '],
    provideCompletionItems: (model, position, context) => {
      const found = completeSql(model.getValue(), model.getOffsetAt(position), catalog)
      return suggestions(monaco, model, found, context.triggerCharacter === ' ')
    },
  })
  languages.registerHoverProvider(sqlLanguage, {
    provideHover: (model, position) => {
      const found = hoverSql(model.getValue(), model.getOffsetAt(position), catalog)
      if (!found) return null
      return { contents: [{ value: found.markdown }], range: rangeOf(monaco, model, found) }
    },
  })
  languages.registerSignatureHelpProvider(sqlLanguage, {
    signatureHelpTriggerCharacters: ['(', ','],
    provideSignatureHelp: (model, position) => {
      const call = callAt(model.getValue(), model.getOffsetAt(position))
      const entry = call && catalog.function(call.name)
      return entry ? signatures(entry, call.parameter) : null
    },
  })
  colour()
  return {
    setCatalog(next) {
      const isSame = hasSameKeywords(catalog, next)
      catalog = next
      if (!isSame) colour()
    },
  }
}

/** The catalog is read again and again; new colours are needed only when the words are others. */
function hasSameKeywords({ keywords }: SqlCatalog, next: SqlCatalog): boolean {
  return (
    keywords.size === next.keywords.size && [...next.keywords].every(word => keywords.has(word))
  )
}

const pairs = ['()', '[]', '{}', "''", '""'].map(([open = '', close = '']) => ({ open, close }))

const configuration: Monaco.languages.LanguageConfiguration = {
  comments: { lineComment: '--', blockComment: ['/*', '*/'] },
  brackets: [
    ['(', ')'],
    ['[', ']'],
    ['{', '}'],
  ],
  autoClosingPairs: pairs.map(pair => ({ ...pair, notIn: ['string', 'comment'] })),
  surroundingPairs: pairs,
}

class SqlTokens implements Monaco.languages.TokensProvider {
  private readonly keywords: ReadonlySet<string>

  constructor(keywords: ReadonlySet<string>) {
    this.keywords = keywords
  }

  getInitialState(): SqlLineState {
    return new SqlLineState('code')
  }

  tokenize(line: string, state: SqlLineState): Monaco.languages.ILineTokens {
    const read = tokenizeLine(line, state.mode, this.keywords)
    const tokens: Monaco.languages.IToken[] = []
    let end = 0
    for (const token of read.tokens) {
      if (token.start > end) tokens.push({ startIndex: end, scopes: '' })
      tokens.push({ startIndex: token.start, scopes: token.kind })
      end = token.end
    }
    return { tokens, endState: new SqlLineState(read.mode) }
  }
}

class SqlLineState implements Monaco.languages.IState {
  readonly mode: LineMode

  constructor(mode: LineMode) {
    this.mode = mode
  }

  clone(): SqlLineState {
    return this
  }

  equals(other: Monaco.languages.IState): boolean {
    return other instanceof SqlLineState && other.mode === this.mode
  }
}

function suggestions(
  monaco: MonacoApi,
  model: Monaco.editor.ITextModel,
  found: Completions,
  isAfterSpace: boolean,
): Monaco.languages.CompletionList {
  // After a space, tables are all that one wants to see without having begun a word.
  const isUnasked = isAfterSpace && found.items.some(item => item.kind === 'keyword')
  if (isUnasked) return { suggestions: [] }
  const range = rangeOf(monaco, model, found)
  const items = found.items.map((item, i) => suggestion(monaco, item, i, range))
  return { suggestions: items, incomplete: found.isCut }
}

function rangeOf(
  monaco: MonacoApi,
  model: Monaco.editor.ITextModel,
  { start, end }: { start: number; end: number },
): Monaco.Range {
  return monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end))
}

function suggestion(
  monaco: MonacoApi,
  item: Completion,
  index: number,
  range: Monaco.IRange,
): Monaco.languages.CompletionItem {
  const { CompletionItemInsertTextRule: rules } = monaco.languages
  const isCall = item.insert.includes('$0')
  return {
    label: { label: item.label, description: item.detail },
    kind: kindOf(monaco, item),
    insertText: item.insert,
    ...(isCall ? { insertTextRules: rules.InsertAsSnippet } : {}),
    ...(isCall
      ? { command: { id: 'editor.action.triggerParameterHints', title: 'Show the signature' } }
      : {}),
    ...(item.description ? { documentation: item.description } : {}),
    sortText: `${item.rank}${String(index).padStart(4, '0')}`,
    range,
  }
}

function kindOf(monaco: MonacoApi, { kind }: Completion): Monaco.languages.CompletionItemKind {
  const kinds = monaco.languages.CompletionItemKind
  return {
    column: kinds.Field,
    table: kinds.Struct,
    schema: kinds.Module,
    alias: kinds.Variable,
    function: kinds.Function,
    keyword: kinds.Keyword,
  }[kind]
}

function signatures(
  entry: CatalogFunction,
  parameter: number,
): Monaco.languages.SignatureHelpResult | null {
  if (entry.signatures.length === 0) return null
  const shown = entry.signatures.map(signature => ({
    label: `${entry.name}(${signature})`,
    documentation: entry.description ?? '',
    parameters: signature.split(', ').map(label => ({ label })),
  }))
  const fitting = shown.findIndex(({ parameters }) => parameters.length > parameter)
  const value = {
    signatures: shown,
    activeSignature: Math.max(0, fitting),
    activeParameter: parameter,
  }
  return { value, dispose: () => {} }
}
