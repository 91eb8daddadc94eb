import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from '../design';
import { ErrorNotice } from './ErrorNotice';

/** Catches what no screen foresaw, so that the page never goes blank. */
export class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override render() {
    if (this.state.error === undefined) {
      return this.props.children;
    }
    return (
      <main className="page page-narrow">
        <h1>Something went wrong</h1>
        <ErrorNotice error={this.state.error} />
        <Button look="primary" icon="refresh" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </main>
    );
  }
}
