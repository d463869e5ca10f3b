import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from '@jest/globals'
import { releaseBench, withRelease } from './release-files-bench.ts'
import { SHELLS } from './shells.ts'

const bench = releaseBench()
afterAll(() => bench[Symbol.dispose]())

describe.each(SHELLS)('the files of a release under %s', (shell) => {
  const release = (script: string) => withRelease(bench, shell, script).lines

  it('are compared with what the project has', () => {
    expect(release('sent | grep -v project_dir | sort').map((line) => line.slice('fact\t'.length))).toEqual([
      'changed\tcompose.yml',
      'changed\tops/deep/-x.conf',
      'changed\ttools/-sub dir',
      'changed\ttools/-sub dir/b y tes',
      'changed\ttools/closed_loop_runner.sh',
      'changed\ttools/empty',
      'changed\ttools/link',
      'changed\ttools/old',
      'changed\ttools/old/gone',
      expect.stringMatching(/^entry\tcompose\.yml\tchanged\t\d+$/u),
      'entry\tops/deep/-x.conf\tnew\t0',
      expect.stringMatching(/^entry\ttools\tchanged\t\d+$/u),
      ...['lacks\t1', 'lacks\t2', 'lacks\t5', 'lacks\t6'],
    ])
  })

  it('change nothing where the project has them already, but a mode is a change', () => {
    const lines =
      release(`rm -rf "$PROJECT/tools" && cp -a "$work/tools" "$PROJECT/" && cp "$work/compose.yml" "$PROJECT/"
mkdir -p "$PROJECT/ops/deep" && cp "$work/ops/deep/-x.conf" "$PROJECT/ops/deep/"; chmod 644 "$PROJECT/compose.yml" "$PROJECT/ops/deep/-x.conf"
sent | grep -c changed; sent | grep -c lacks; chmod 600 "$PROJECT/compose.yml"; sent | grep -e changed -e lacks | cut -f 2,3`)
    expect(lines).toEqual(['0', '0', 'changed\tcompose.yml', 'entry\tcompose.yml'])
  })

  it('are whole beside the project once they are staged, also when that is asked for again, and the project is as it was', () => {
    const lines = release(`rows "$PROJECT" >"$top/before"
staged; echo "code $?"; for entry in compose.yml ops/deep/-x.conf tools; do tree_rows "$RELEASE_DIR/tree" "$entry"; done | cut -f 1-4 >"$top/tree"
manifest | cmp - "$top/tree" && echo whole; plan | verb_stage_files tok1 "$archive_hash"; echo "again $?"; ls "$RELEASE_DIR"
rows "$PROJECT" | cmp - "$top/before" && echo untouched; stat -c %a "$STATE_DIR/incoming" "$RELEASE_DIR"
plan | verb_discard_files tok1; ls "$STATE_DIR/incoming"`)
    expect(lines).toEqual(['code 0', 'whole', 'again 0', 'manifest', 'tree', 'untouched', '700', '700'])
  })

  it.each([
    ['arrived damaged', 'echo x >>"$RELEASE_DIR/archive"', 'arrived damaged'],
    ['are no more than a part', 'sed 2d "$top/list" >"$top/part"; pack part', 'not whole'],
    [
      'have more than the manifest',
      'mkdir "$work/more"; echo ./more >>"$top/list"; echo x >"$work/more/x"; pack list',
      'not whole',
    ],
    ['were edited in the project since', 'echo edited >"$PROJECT/tools/same ü"', 'not whole'],
  ])('are refused where they %s', (_what, damage, words) => {
    const { lines, stderr } = withRelease(
      bench,
      shell,
      `pack() { /usr/bin/tar -C "$work" -cf "$RELEASE_DIR/archive" -T "$top/$1"; archive_hash=$(hash_of "$RELEASE_DIR/archive"); }
archive_hash=$(archived); ${damage}; plan | verb_stage_files tok1 "$archive_hash"; echo "code $?"; [ -d "$RELEASE_DIR/tree" ] || echo none`,
    )
    expect(lines).toEqual(['code 1', 'none'])
    expect(stderr).toContain(words)
  })

  it.each([
    ['a link on the way', 'mkdir "$top/far"; ln -s "$top/far" "$PROJECT/ops"', 'link\tPROJECT/ops'],
    ['a file on the way', ': >"$PROJECT/ops"', 'not-a-directory\tPROJECT/ops'],
    ['a socket', 'mkfifo "$PROJECT/tools/pipe"', 'special-file\tPROJECT/tools/pipe'],
    ['a name with a line end', ': >"$PROJECT/tools/a$NEWLINE"b', 'odd-name\tPROJECT/tools/a'],
    [
      'a linked state directory',
      'mv "$PROJECT/data/models" "$top/m"; ln -s "$top/m" "$PROJECT/data/models"',
      'link\tPROJECT/data/models',
    ],
    [
      'a mount point',
      'mount -t tmpfs none "$PROJECT/data/models" || exit; trap \'umount "$PROJECT/data/models"\' EXIT',
      'mount-point\tPROJECT/data/models',
    ],
    [
      'a mount point below',
      'mount --bind "$PROJECT/data" "$PROJECT/tools/old" || exit; trap \'umount "$PROJECT/tools/old"\' EXIT',
      'mount-point\tPROJECT/tools/old',
    ],
  ])('are refused where a rename could not replace them: %s', (_what, layout, expected) => {
    const [line] = release(`${layout}
sent | sed -n "s#$PROJECT#PROJECT#g; s/^fact\${TAB}finding\${TAB}path-not-replaceable$TAB[^$TAB]*$TAB//p"`)
    expect(line).toBe(expected)
  })

  it('are read where they will be: Compose sees the release in a view, from which `rm -rf` takes nothing but itself', () => {
    const lines = release(`staged; echo beside >"$top/beside"; make_view; echo "code $?"
export DOCKER_PLAYS='cat compose.yml data/models/a "ops/deep/-x.conf" ../beside ../../../../../../../../../../../../etc/hostname; echo "$PWD/tools"; pwd -P; exit 3'
as_released compose "$ENV_FILE" 9 config | sed "s#$PROJECT#PROJECT#g"; as_released false; echo "code $?"
rows "$PROJECT" >"$top/before"; rm -rf "$RELEASE_DIR/view"; rows "$PROJECT" | cmp - "$top/before" && [ -f "$top/beside" ] && echo untouched`)
    const hostname = readFileSync('/etc/hostname', 'utf8').trim()
    expect(lines).toEqual([
      ...[
        'code 0',
        'services: {a: {}}',
        'm1',
        'conf',
        'beside',
        hostname,
        'PROJECT/tools',
        'PROJECT',
        'code 1',
      ],
      'untouched',
    ])
  })
})

describe.each(SHELLS)('what the files of a release make of the project, under %s', (shell) => {
  it('is told of services, networks and volumes by name', () => {
    const [oldYaml, newYaml] = [
      `name: shop
services:
  app:
    image: a
    volumes:
      - type: bind
        source: /x
  gone:
    image: b
  told:
    configs:
      - source: rules
networks:
  default:
    name: shop_default
volumes:
  v: {}
configs:
  rules:
    file: /old`,
      `name: shop
services:
  app:
    image: a
    volumes:
      - type: bind
        source: /y
  told:
    configs:
      - source: rules
  web:
    image: c
networks:
  default:
    name: shop_default
    internal: true
configs:
  rules:
    file: /new`,
    ]
    const { stdout } = bench.run(shell, 'config_changes "$1" "$2" | sort', {
      words: [oldYaml ?? '', newYaml ?? ''],
    })
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      'reconfigured\tapp\tchanged',
      'reconfigured\tgone\tremoved',
      'reconfigured\ttold\tchanged',
      'reconfigured\tweb\tadded',
      'redefined\tconfig\trules\tchanged',
      'redefined\tnetwork\tdefault\tchanged',
      'redefined\tvolume\tv\tremoved',
    ])
  })
})
