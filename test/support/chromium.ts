/** A browser for the tests: Debian's headless Chromium, unpacked into the cache. Nothing is installed on the machine. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';
import { cacheFolder, withLock } from '../../lab/cache.ts';
import type { Report } from '../../lab/events.ts';
import { unpackPackages } from '../../lab/images/debian.ts';
import { withFreshPackageLists } from '../../lab/programs.ts';

const run = promisify(execFile);

/** What is linked, and what is loaded later (NSS); all but the C and C++ libraries, which every Debian has. */
const libraries = [
  ...['libasound2', 'libasyncns0', 'libatk1.0-0', 'libatspi2.0-0', 'libblkid1', 'libbrotli1', 'libbsd0', 'libcap2'],
  ...['libdav1d6', 'libdbus-1-3', 'libdouble-conversion3', 'libdrm2', 'libexpat1', 'libffi8', 'libflac12'],
  ...['libfontconfig1', 'libfreetype6', 'libgbm1', 'libgcrypt20', 'libglib2.0-0', 'libgpg-error0', 'libgraphite2-3'],
  ...['libharfbuzz-subset0', 'libharfbuzz0b', 'libjpeg62-turbo', 'liblcms2-2', 'liblz4-1', 'liblzma5', 'libmd0'],
  ...['libminizip1', 'libmount1', 'libmp3lame0', 'libmpg123-0', 'libnspr4', 'libnss3', 'libogg0', 'libopenh264-7'],
  ...['libopenjp2-7', 'libopus0', 'libpcre2-8-0', 'libpng16-16', 'libpulse0', 'libselinux1', 'libsndfile1'],
  ...['libsqlite3-0', 'libsystemd0', 'libudev1', 'libvorbis0a', 'libvorbisenc2', 'libwayland-server0', 'libx11-6'],
  ...['libxau6', 'libxcb1', 'libxcomposite1', 'libxdamage1', 'libxdmcp6', 'libxext6', 'libxfixes3', 'libxi6'],
  ...['libxkbcommon0', 'libxnvctrl0', 'libxrandr2', 'libxrender1', 'libzstd1', 'zlib1g'],
];
const packages = ['chromium-headless-shell', 'chromium-common', 'fontconfig-config', 'fonts-dejavu-core', ...libraries];

/** Why there can be no browser here, in one sentence; undefined where there can. */
export function browserUnavailableReason(): string | undefined {
  if (process.platform !== 'linux') return `the browser tests need Linux and this is ${process.platform}`;
  if (process.arch !== 'x64') return `the browser tests need x86-64 and this machine is ${process.arch}`;
  const missing = ['apt-get', 'dpkg-deb'].filter((command) => !isOnPath(command));
  if (missing.length === 0) return undefined;
  return `the browser tests bring Debian's Chromium by ${missing.join(' and ')}, which this machine has not: run them on Debian`;
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)));
}

/** Brings the browser and starts it. */
export async function launchBrowser(): Promise<Browser> {
  const root = await withLock(
    join(cacheFolder(), 'chromium.lock'),
    () => undefined,
    () => withFreshPackageLists(tell, () => unpackPackages(cacheFolder(), packages)),
  );
  const program = join(root, 'usr/lib/chromium/chromium-headless-shell');
  const libraryFolders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu/pulseaudio'];
  const env = {
    HOME: root,
    PATH: '/usr/bin:/bin',
    LD_LIBRARY_PATH: libraryFolders.map((folder) => join(root, folder)).join(':'),
    FONTCONFIG_FILE: await fontsOf(root),
  };
  await insistItRuns(program, env);
  // The sandbox needs user namespaces, which containers forbid; the pages are our own server's.
  return chromium.launch({ executablePath: program, env, args: ['--no-sandbox', '--disable-gpu'] });
}

function tell({ message }: Parameters<Report>[0]): void {
  if (message !== undefined) process.stderr.write(`${message}\n`);
}

/** The unpacked font alone, so that pictures do not depend on the machine. */
async function fontsOf(root: string): Promise<string> {
  const file = join(root, 'fonts.conf');
  const fonts = join(root, 'usr/share/fonts');
  await writeFile(
    file,
    `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><cachedir>${join(root, 'font-cache')}</cachedir></fontconfig>\n`,
  );
  return file;
}

async function insistItRuns(program: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(program, ['--version'], { env });
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n')[1] : undefined;
    throw new Error(`Debian's Chromium does not run here: ${said ?? String(error)}`, { cause: error });
  }
}
