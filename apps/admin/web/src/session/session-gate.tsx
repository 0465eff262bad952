import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { onSignedOut } from '../api/client.ts';
import { useConnection, useLive } from '../live/context.ts';
import { ErrorNote } from '../parts/states.tsx';
import { onNobody, recheckSession, SessionContext, useSessionQuery } from './session.ts';
import { SignInPage } from './sign-in-page.tsx';
import { fetchPreferences, loadPreferences } from './use-preferences.ts';

/** Shows the page to those who are signed in, and the sign-in to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useSessionQuery();
  const client = useQueryClient();
  const name = session?.name;
  useEffect(() => onSignedOut(() => onNobody(client)), [client]);
  useEffect(() => {
    if (name === undefined) return;
    loadPreferences(name);
    fetchPreferences().catch(() => undefined); // then the copy in the browser has to do
  }, [name]);
  if (session === null) return <SignInPage />;
  if (session === undefined) {
    return error === null ? null : (
      <div className="page">
        <ErrorNote
          what="The server could not be asked who you are:"
          error={error}
          retry={() => void refetch()}
        />
      </div>
    );
  }
  return (
    <SessionContext value={session}>
      <FeedWhileSignedIn />
      {children}
    </SessionContext>
  );
}

/** The feed lives as long as the session. Each time it was lost, it is asked anew whether somebody is signed in. */
function FeedWhileSignedIn() {
  const live = useLive();
  const client = useQueryClient();
  const { status } = useConnection();
  useEffect(() => live.start(), [live]);
  useEffect(() => {
    if (status === 'signed-out')
      void recheckSession(client).then((isSignedIn) => isSignedIn && live.retryNow());
    if (status === 'lost' || status === 'live') void client.invalidateQueries({ queryKey: ['/session'] });
  }, [status, client, live]);
  return null;
}
