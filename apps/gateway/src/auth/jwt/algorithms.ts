import { tokenAlgorithms } from '../../config/auth-words.ts';

export const secretAlgorithms = tokenAlgorithms.filter((name) => name.startsWith('HS'));
export const publicAlgorithms = tokenAlgorithms.filter((name) => !name.startsWith('HS'));
