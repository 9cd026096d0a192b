import { readFile } from 'node:fs/promises';
import type { BrokerGrant } from '../broker/upstream.ts';
import { GatewayError } from '../core/errors.ts';
import { askSecrets } from './ask-secrets.ts';
import type { CommandIo } from './command-deps.ts';

export type GrantFiles = { readonly clientSecretFile?: string; readonly refreshTokenFile?: string };

const MAX_LENGTH = 8192;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/u;

/**
 * A broker grant from two files, or asked of the person at the terminal; `undefined` when there is neither. Secrets are
 * never arguments: those are in the shell's history and in everybody's process list.
 */
export async function readGrant(
  { clientSecretFile, refreshTokenFile }: GrantFiles,
  io: CommandIo,
): Promise<BrokerGrant | undefined> {
  if (clientSecretFile !== undefined && refreshTokenFile !== undefined) {
    const clientSecret = checked(await readSecretFile(clientSecretFile), `The file ${clientSecretFile}`);
    return {
      clientSecret,
      refreshToken: checked(await readSecretFile(refreshTokenFile), `The file ${refreshTokenFile}`),
    };
  }
  if (clientSecretFile !== undefined || refreshTokenFile !== undefined) {
    throw new GatewayError(
      'invalid_input',
      'A grant is two secrets: give both --client-secret-file and --refresh-token-file.',
    );
  }
  if (io.stdin.isTTY !== true) return undefined;
  const [clientSecret = '', refreshToken = ''] = await askSecrets(
    ['Client secret (not shown)', 'Refresh token (not shown)'],
    io,
  );
  return {
    clientSecret: checked(clientSecret, 'The client secret'),
    refreshToken: checked(refreshToken, 'The refresh token'),
  };
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new GatewayError('invalid_input', `The file ${path} cannot be read.`, {
      cause,
      advice: 'Check its name and permissions.',
    });
  }
}

function checked(text: string, source: string): string {
  const secret = text.trim();
  if (secret.length <= MAX_LENGTH && VISIBLE_ASCII.test(secret)) return secret;
  throw new GatewayError('invalid_input', `${source} must hold one secret: a single line of visible ASCII characters.`);
}
