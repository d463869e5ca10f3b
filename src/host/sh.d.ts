/** Shell sources are bundled as text (esbuild's loader in .github/tools/build.ts). */
declare module '*.sh' {
  const text: string
  export default text
}
