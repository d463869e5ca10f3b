import { describe, expect, it } from '@jest/globals'
import { oneShape } from '../../support/compose-shape/one-shape.ts'
import { workerHost } from '../../support/jest/worker-host.ts'
import { baseImages } from '../../support/private-host/base-images.ts'

const host = workerHost()
const { laidOut, reference } = oneShape(host)

describe('the project name', () => {
  it.each([
    ['the directory', '', '', '', 'shapedir_1'],
    ['the compose file', 'name: of-file', '', '', 'of-file'],
    ['the env file', 'name: of-file', 'COMPOSE_PROJECT_NAME=of-env\n', '', 'of-env'],
    ['the input', 'name: of-file', 'COMPOSE_PROJECT_NAME=of-env\n', 'of-input', 'of-input'],
  ])('is that of %s', async (_, name, environment, projectName, expected) => {
    const project = await laidOut(`${name}\nservices: {app: {image: "\${APP_IMAGE}"}}\n`, environment, {
      directoryName: 'Shape.Dir_1',
      ...(projectName === '' ? {} : { projectName }),
    })
    const { facts } = await project.preflight()
    expect(facts).toContainEqual(['project', expected])
    if (projectName === '') expect(await project.compose('config')).toContain(`name: ${expected}\n`)
  })
})

describe('findings', () => {
  it('name who has the name that a container would get, also where the file gives none', async () => {
    const project = await laidOut(
      `name: shop\nservices: {app: {image: "\${APP_IMAGE}", deploy: {replicas: 2}}, x: {image: "\${APP_IMAGE}", container_name: shop-x}, app-2: {image: "\${APP_IMAGE}"}}\n`,
      '',
      { deploy: ['app', 'x', 'app-2'] },
    )
    await host.sh(`
docker create --name shop-app-2 '${baseImages.busybox}' true
docker create --name shop-x --label com.docker.compose.project=other '${baseImages.busybox}' true
docker create --name shop-app-2-1 --label com.docker.compose.project=shop --label com.docker.compose.service=app-2 '${baseImages.busybox}' true`)
    try {
      expect((await project.findings()).filter(([kind]) => kind !== 'drift')).toEqual([
        ['container-name-taken', 'shop-app-2', 'app', 'no compose project'],
        ['container-name-taken', 'shop-x', 'x', 'other'],
      ])
    } finally {
      await host.sh('docker rm --force shop-app-2 shop-x shop-app-2-1')
    }
  })

  it.each([
    ['the judged service', 'app', [['log-driver-unreadable', 'app', 'none']]],
    ['another', 'other', []],
  ])('name a log that nobody can read, of %s', async (_, silent, findings) => {
    const services = ['app', 'other'].map(
      (service) =>
        `  ${service}: {image: "\${APP_IMAGE}"${service === silent ? ', logging: {driver: none}' : ''}}\n`,
    )
    const project = await laidOut(`services:\n${services.join('')}`, '', { deploy: ['app', 'other'] })
    expect(await project.findings()).toEqual(findings)
  })

  it('name as drifted what does not run what the files say, and nothing else', async () => {
    const services = ['app', 'mounted', 'tagged', 'needs', 'same'].map(
      (service) => `  ${service}:
    image: "${service === 'tagged' ? 'shape-tag:1' : `\${APP_IMAGE}`}"
    environment: {NOTE: "${service === 'app' ? `\${NOTE}` : 'none'}"}
    volumes: ["${service === 'mounted' ? './data' : '/tmp'}:/host"]
    depends_on: [${service === 'needs' ? 'mounted' : ''}]
`,
    )
    const project = await laidOut(`name: drifting\nservices:\n${services.join('')}`, 'NOTE=1\n', {
      deploy: ['app', 'mounted', 'tagged', 'needs', 'same'],
      defer: ['needs'],
    })
    await host.sh(`docker tag '${baseImages.busybox}' shape-tag:1 && docker pull --quiet '${reference()}'`)
    await project.compose('up --detach')
    expect(await project.findings()).toEqual([])

    await host.sh(`sed -i 's/NOTE=1/NOTE=2/' '${project.directory}/.env' && docker tag '${reference()}' shape-tag:1
cd '${project.directory}' && mkdir moved && sed 's#\\./data#./moved/data#' compose.yml >moved/compose.yml && mv moved/compose.yml .`)
    const drifted = await project.findings()
    await host.sh('docker image rm shape-tag:1 >/dev/null')
    expect(drifted.toSorted()).toEqual([
      ['drift', 'app'],
      ['drift', 'mounted'],
      ['drift', 'tagged'],
    ])
  })
})
