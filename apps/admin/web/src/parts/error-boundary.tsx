import { Component, type ReactNode } from 'react';

/** Keeps a fault of one page to that page: the rail and the feed stay, and the operator is told. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page">
        <h1>This page failed</h1>
        <p className="trouble" role="alert">
          {this.state.error.message}{' '}
          <button type="button" onClick={() => this.setState({ error: undefined })}>
            Show it again
          </button>
        </p>
      </div>
    );
  }
}
