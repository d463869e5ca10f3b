import { describe, expect, it } from '@jest/globals'
import { oneShape } from '../../support/compose-shape/one-shape.ts'
import type { Shape } from '../../support/compose-shape/shape.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
const { laidOut } = oneShape(host)

describe('a project that runs under another name than the one that would be deployed', () => {
  const FILE = `services: {app: {image: "\${APP_IMAGE}"}, other: {image: "\${APP_IMAGE}"}}\n`
  const second = (project: Shape, words: string, files = '-f compose.yml') =>
    host.sh(`cd '${project.directory}' && docker compose ${files} --env-file .env ${words} 2>&1`)
  const removed = (project: Shape, name: string) => second(project, `-p '${name}' down --timeout 0`)

  it('is refused, with its name, where its files are those of the plan', async () => {
    // As with a COMPOSE_PROJECT_NAME in a .env that is not the env file of the deployment.
    const project = await laidOut(FILE, '', { directoryName: 'wouldbe' })
    await second(project, '-p shop up --detach')
    try {
      const finding = ['runs-as-other-project', 'shop', 'app', 'shop-app-1', 'wouldbe']
      expect(await project.findings()).toEqual([finding])
      // The directory by another way, and the file from elsewhere.
      await removed(project, 'shop')
      await host.sh(`ln -sfn '${project.directory}' /opt/wouldbe-link`)
      await second(project, '-p shop --project-directory / up --detach', '-f /opt/wouldbe-link/compose.yml')
      expect(await project.findings()).toEqual([finding])
    } finally {
      await removed(project, 'shop')
      await host.sh('rm -f /opt/wouldbe-link')
    }
  })

  it('is none where the name was given, the project runs, or what runs is of other files or services', async () => {
    const project = await laidOut(FILE, '', { directoryName: 'wouldbe' })
    await host.sh(
      `mkdir -p /opt/copied && cp '${project.directory}/compose.yml' '${project.directory}/.env' /opt/copied/`,
    )
    try {
      await host.sh('cd /opt/copied && docker compose -p copy up --detach 2>&1')
      await second(project, '-p shop up --detach other')
      expect(await project.findings()).toEqual([])
      await second(project, '-p shop up --detach')
      await project.compose('up --detach app')
      expect(await project.findings()).toEqual([])
      await project.compose('down --timeout 0')
      expect(await project.findings()).toHaveLength(1)
    } finally {
      await removed(project, 'shop')
      await host.sh('cd /opt/copied && docker compose -p copy down --timeout 0 2>&1; rm -rf /opt/copied')
    }
    const named = await laidOut(FILE, '', { directoryName: 'wouldbe', projectName: 'mine' })
    await second(named, '-p shop up --detach')
    try {
      expect(await named.findings()).toEqual([])
    } finally {
      await removed(named, 'shop')
    }
  })
})
