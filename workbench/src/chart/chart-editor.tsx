import { X } from 'lucide-react'
import { useState } from 'react'
import type { Result } from '../result/result.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Segments } from '../ui/segments.tsx'
import styles from './chart-controls.module.css'
import { ChartControls } from './chart-controls.tsx'
import { type ChartSpec, parseSpec, specText } from './chart-spec.ts'

interface ChartEditorProps {
  /** What choosing changes; null when the text is not JSON. */
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
          value={spec ? way : 'spec'}
          options={[
            { value: 'choose', label: 'Choose' },
            { value: 'spec', label: 'Spec' },
          ]}
          onChange={next => spec && setWay(next)}
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

/** The spec as text: each key is saved, and it is drawn as soon as it is JSON again. */
function SpecField({ text, onSave }: { text: string; onSave: (text: string) => void }) {
  const parsed = parseSpec(text)
  return (
    <>
      <textarea
        className={styles.spec}
        aria-label="Vega-Lite spec"
        spellCheck={false}
        value={text}
        onChange={event => onSave(event.target.value)}
        onKeyDown={event => event.stopPropagation()}
      />
      {'error' in parsed && (
        <p className={styles.error} role="status">
          Not JSON yet: {parsed.error.message}. What is typed is saved; the chart follows, and can
          be changed by choosing, once it is JSON.
        </p>
      )}
    </>
  )
}
