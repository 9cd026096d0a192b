import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../core/errors.ts';

/** Throws `not_acceptable` unless the client takes every one of these media types. */
export function checkAccept({ headers }: FastifyRequest, types: readonly string[]): void {
  const accepted = (headers.accept ?? '*/*').split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase());
  const isAccepted = (type: string): boolean =>
    accepted.some((range) => range === type || range === '*/*' || range === type.replace(/\/.*/u, '/*'));
  if (types.every(isAccepted)) return;
  throw new GatewayError('not_acceptable', `The Accept header must name ${types.join(' and ')}.`);
}
