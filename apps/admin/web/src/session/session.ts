import { roles, sessionSchema, type Role, type Session } from '@tributary/protocol/admin-api';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { getJson, send } from '../api/client.ts';
import { mayRetry } from '../api/query.ts';
import { ApiError } from '../api/problem.ts';

const key = ['/session'];

/** Who is signed in; null: nobody. */
export function useSessionQuery() {
  return useQuery<Session | null, ApiError>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      try {
        return await getJson('/session', sessionSchema, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not-signed-in') return null;
        throw error;
      }
    },
    retry: mayRetry,
    staleTime: Number.POSITIVE_INFINITY,
    // Signed in in another tab meanwhile?
    refetchOnWindowFocus: ({ state }) => (state.data === null ? 'always' : false),
  });
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** The operator who looks at this page. Only below the sign-in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in above this view');
  return session;
}

/** What the operator may do, and what each thing that they may not do would need. */
export interface Rights {
  role: Role;
  canReadPayload: boolean;
  may(needed: Role): boolean;
}

export const rightsOf = ({ role, canReadPayload }: Pick<Session, 'role' | 'canReadPayload'>): Rights => ({
  role,
  canReadPayload,
  may: (needed) => roles.indexOf(role) >= roles.indexOf(needed),
});

export const useRights = (): Rights => rightsOf(useSession());

/** A session that ends because its password was changed here has its successor within this time. */
const successorMs = 300;

/**
 * Asks again who is signed in, a moment after the server said that nobody is. True when somebody is all the same;
 * otherwise the sign-in shows, and the address stays.
 */
export async function recheckSession(client: QueryClient): Promise<boolean> {
  await new Promise((done) => setTimeout(done, successorMs));
  await client.invalidateQueries({ queryKey: key });
  return client.getQueryData<Session | null>(key) !== null;
}

/** Somebody was signed in until now, and the server says that nobody is. Who was not is not asked about again and again. */
export function onNobody(client: QueryClient): void {
  if ((client.getQueryData<Session | null>(key) ?? null) !== null) void recheckSession(client);
}

/** Nothing of who was here before. */
const forgetAnswers = (client: QueryClient): void =>
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== key[0] });

/** Signs in; throws `ApiError` with `wrong-credentials` or `too-many-attempts`. */
export function useSignIn(): (name: string, password: string) => Promise<void> {
  const client = useQueryClient();
  return async (name, password) => {
    const session = await send('/session', sessionSchema, { body: { name, password } });
    forgetAnswers(client);
    client.setQueryData(key, session);
  };
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await send('/session', undefined, { method: 'DELETE' });
    forgetAnswers(client);
    client.setQueryData(key, null);
  };
}

/** Takes the session a write of this operator has answered. */
export function useTakeSession(): (session: Session) => void {
  const client = useQueryClient();
  return (session) => client.setQueryData(key, session);
}
