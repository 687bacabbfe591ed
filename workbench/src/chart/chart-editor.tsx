import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Result } from '../result/result.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Segments } from '../ui/segments.tsx'
import styles from './chart-controls.module.css'
import { ChartControls } from './chart-controls.tsx'
import { type ChartSpec, parseSpec, specText } from './chart-spec.ts'

interface ChartEditorProps {
  /** What is drawn; null when the text is not JSON. */
  spec: ChartSpec | null
  /** The author's own text; null while the chart is proposed. */
  text: string | null
  result: Result
  onSave: (text: string | null) => void
  onClose: () => void
}

type Way = 'choose' | 'spec'

/** Two ways to the same spec: by choosing, and as text. */
export function ChartEditor({ spec, text, result, onSave, onClose }: ChartEditorProps) {
  const [way, setWay] = useState<Way>(spec ? 'choose' : 'spec')
  return (
    <div className={styles.panel}>
      <div className={styles.actions}>
        <Segments
          label="How the chart is edited"
          value={way}
          options={[
            { value: 'choose', label: 'Choose' },
            { value: 'spec', label: 'Spec' },
          ]}
          onChange={setWay}
        />
        {text !== null && (
          <Button look="quiet" onClick={() => onSave(null)}>
            Propose
          </Button>
        )}
        <IconButton label="Close" icon={<X size={14} />} onClick={onClose} />
      </div>
      {way === 'choose' && spec ? (
        <ChartControls spec={spec} result={result} onChange={next => onSave(specText(next))} />
      ) : (
        <SpecField text={text ?? (spec ? specText(spec) : '{}')} onSave={onSave} />
      )}
    </div>
  )
}

/** The spec as text: drawn as soon as it is JSON again. */
function SpecField({ text, onSave }: { text: string; onSave: (text: string) => void }) {
  const [draft, setDraft] = useState(text)
  const parsed = parseSpec(draft)
  useEffect(
    () => setDraft(before => (parseSpecText(before) === parseSpecText(text) ? before : text)),
    [text],
  )
  return (
    <>
      <textarea
        className={styles.spec}
        aria-label="Vega-Lite spec"
        spellCheck={false}
        value={draft}
        onChange={event => {
          setDraft(event.target.value)
          if ('spec' in parseSpec(event.target.value)) onSave(event.target.value)
        }}
        onKeyDown={event => event.stopPropagation()}
      />
      {'error' in parsed && <p className={styles.error}>{parsed.error.message}</p>}
    </>
  )
}

function parseSpecText(text: string): string {
  const parsed = parseSpec(text)
  return 'spec' in parsed ? JSON.stringify(parsed.spec) : text
}
