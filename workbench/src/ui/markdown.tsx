import MarkdownIt from 'markdown-it'
import { useMemo } from 'react'
import styles from './markdown.module.css'

// Without HTML, and with links that markdown-it finds harmless, what it renders can be shown as it is.
const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false })

export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => markdown.render(text), [text])
  // biome-ignore lint/security/noDangerouslySetInnerHtml: rendered without HTML of the author
  return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />
}
