import { Component, type ReactNode } from 'react';

interface State {
  error: Error | undefined;
}

/** Keeps a fault of one page to that page: the rail and the feed stay, and the operator is told. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const isUnloaded = /import|module|fetch/i.test(error.message);
    return (
      <div className="page">
        <h1>{isUnloaded ? 'This page could not be loaded' : 'This page failed'}</h1>
        <div className="trouble" role="alert">
          <p>{isUnloaded ? 'The server is away, or was updated and has other files now.' : error.message}</p>
          {isUnloaded ? (
            <button type="button" onClick={() => location.reload()}>
              Reload
            </button>
          ) : (
            <button type="button" onClick={() => this.setState({ error: undefined })}>
              Show it again
            </button>
          )}
        </div>
      </div>
    );
  }
}
