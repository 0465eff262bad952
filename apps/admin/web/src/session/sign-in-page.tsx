import { useRef, useState, type FormEvent } from 'react';
import { TextField } from '../parts/field.tsx';
import { Mark } from '../parts/mark.tsx';
import { useSignIn } from './session.ts';
import { signInWords } from './sign-in-words.ts';

/** Stands in the place of the wanted page; its address stays, so signing in leads there. */
export function SignInPage() {
  const signIn = useSignIn();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const passwordBox = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy || name === '' || password === '') return;
    setBusy(true);
    setFault('');
    signIn(name, password)
      .catch((error: Error) => {
        setFault(signInWords(error));
        setPassword('');
        passwordBox.current?.focus();
      })
      .finally(() => setBusy(false));
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <header>
          <Mark />
          <h1>Sign in to Tributary</h1>
        </header>
        <TextField
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          required
          value={name}
          onChange={setName}
        />
        <TextField
          label="Password"
          name="password"
          ref={passwordBox}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        <p className="trouble" role="alert" hidden={fault === ''}>
          {fault}
        </p>
        <button type="submit" className="primary" disabled={isBusy || name === '' || password === ''}>
          {isBusy ? 'One moment…' : 'Sign in'}
        </button>
        <small className="quiet">
          The first password is shown where the server was started for the first time.
        </small>
      </form>
    </main>
  );
}
