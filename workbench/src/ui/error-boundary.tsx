import { Component, type ReactNode } from 'react'
import { problemOf } from '../api-client/problem-error.ts'
import { Button } from './button.tsx'
import { ProblemNotice } from './problem-notice.tsx'

interface ErrorBoundaryProps {
  /** A change of this shows the content anew. */
  resetKey?: string
  children: ReactNode
}

/** Keeps a part of the page that fails from taking the rest with it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override componentDidUpdate(before: ErrorBoundaryProps): void {
    if (before.resetKey !== this.props.resetKey && this.state.error) this.setState({ error: null })
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children
    const retry = <Button onClick={() => this.setState({ error: null })}>Show it again</Button>
    return <ProblemNotice problem={problemOf(this.state.error)} actions={retry} />
  }
}
