// The first half of `npm start` and `npm test`: makes sure the packages and redis-server are there, then runs the script it is
// given on the pinned Node. Plain JavaScript on any Node from 18, because at this point nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pinnedNode = join(root, 'node_modules/.bin/node')

if (!packagesInstalled()) installPackages()
if (!process.env.REDIS_URL && !onPath('redis-server')) installRedis()
if (process.argv[2]) await run(resolve(process.argv[2]), process.argv.slice(3))

/** npm writes down what it installed; when that is what the lock file asks for, there is nothing to do (and no network is used). */
function packagesInstalled() {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(record)
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || !fitsThisMachine(entry) || installed[path]?.version === entry.version
  )
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

/** npm leaves out optional packages made for another system; where their record does not name one system, their absence says nothing. */
function fitsThisMachine({ os, cpu, libc, optional }) {
  if (!optional) return true
  return Boolean(os && cpu && !libc && os.includes(process.platform) && cpu.includes(process.arch))
}

function installPackages() {
  // npm would follow a link and empty somebody else's folder.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink())
    stop(
      'node_modules 是链接，未安装：请先移除链接，或在其目标处安装。node_modules is a link; remove it, or install where it points to.'
    )
  console.log('安装依赖 Installing the packages (npm ci) …')
  // Errors only: npm would warn on every line that this Node is not the pinned one, which is what it is about to install.
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status !== 0) stop('npm ci 未成功，见上文。npm ci did not succeed; its reason is above.')
}

function installRedis() {
  const debian = existsSync('/etc/debian_version') && onPath('apt-get')
  if (!debian || process.getuid?.() !== 0)
    stop(
      '缺少 redis-server：请安装（Debian：apt install redis-server），或设置 REDIS_URL。redis-server is missing: install it, or set REDIS_URL.'
    )
  console.log('缺少 redis-server，用 apt 安装 redis-server is missing; installing it with apt …')
  // RUNLEVEL=1 keeps Debian from also starting a Redis of its own on the usual port: we only want the program.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'redis-server']
  ])
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (!onPath('redis-server'))
    stop('apt 未能安装 redis-server。apt could not install redis-server; set REDIS_URL instead.')
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

/** In this process when it is the pinned Node already; else in a child whose end and signals are ours. */
async function run(script, args) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (process.versions.node.startsWith(`${parseInt(engines.node, 10)}.`)) {
    process.argv.splice(1, 2, script)
    whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'))
    return await import(pathToFileURL(script).href)
  }
  if (!existsSync(pinnedNode))
    stop(`需要 Node ${engines.node}。This needs Node ${engines.node}; here is ${process.version}.`)
  const child = spawn(pinnedNode, [script, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
  whenNpmIsGone(() => child.kill('SIGTERM'))
}

/**
 * npm runs us through a shell. It passes a signal on to that shell, which passes it on to nobody; and killed itself, it leaves the
 * shell to wait for ever. So we look whether our shell is still there and still npm's.
 */
function whenNpmIsGone(tell) {
  if (!process.env.npm_lifecycle_event) return
  const lineage = () => `${process.ppid} ${parentOf(process.ppid)}`
  const atFirst = lineage()
  const watch = setInterval(() => {
    if (lineage() === atFirst) return
    clearInterval(watch)
    tell()
  }, 500)
  watch.unref()
}

/** The field after the name in brackets and the state; nothing where there is no /proc. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
  } catch {
    return ''
  }
}

function stop(reason) {
  console.error(reason)
  process.exit(1)
}
