import { execFileSync, spawnSync } from 'node:child_process';

// Two test runs may start at once: the second waits for the first one's lock.
const APT = ['-o', 'DPkg::Lock::Timeout=180'];
const QUIET = { stdio: 'ignore' } as const;

function onPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], QUIET).status === 0;
}

/** Installs a Debian package, as root on Debian; throws with what to do anywhere else. */
function install(debianPackage: string, program: string): void {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new Error(`The tests need ${program}: install ${debianPackage}, or set the address of a running server.`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (): number | null =>
    spawnSync('apt-get', [...APT, 'install', '-y', '-qq', debianPackage], { ...QUIET, env }).status;
  if (install() === 0) return;
  execFileSync('apt-get', [...APT, 'update', '-qq'], { ...QUIET, env });
  if (install() !== 0) throw new Error(`apt-get could not install ${debianPackage}`);
}

/** The first of `programs` that this machine has, installing `debianPackage` when it has none. Never skips. */
export function serverProgram(programs: readonly [string, ...string[]], debianPackage: string): string {
  const present = programs.find(onPath);
  if (present !== undefined) return present;
  install(debianPackage, programs[0]);
  return programs[0];
}
