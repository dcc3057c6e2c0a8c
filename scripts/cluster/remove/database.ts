/**
 * The steps for dropping a removed handler's database by hand: it holds the records of everything that the handler did.
 *
 * @param inNamespace whether it is on the namespace's own server
 */
export function aboutDatabase({
  handler,
  namespace,
  inNamespace,
}: {
  readonly handler: string
  readonly namespace: string
  readonly inNamespace: boolean
}): string {
  const drops = [
    `drop database if exists "${handler}" with (force)`,
    `drop role if exists "${handler}"`,
    `drop role if exists "${handler}-scaler"`,
  ]
  if (!inNamespace)
    return `Its database, if it had one, is still there, on a server outside of namespace ${namespace}. A role that may make databases
there removes it with all its records:

${drops.map((drop) => `  ${drop};`).join('\n')}`

  // The server requires a password on its socket too, which its container knows.
  const commands = drops.map(
    (drop) => `\\
    --command "${drop.replaceAll('"', '\\"')}"`,
  )
  return `Its database, if it had one, is still there. With it go all its records:

  kubectl exec --namespace ${namespace} statefulset/postgres -- sh -c \\
    'PGPASSWORD=$POSTGRES_PASSWORD psql --username "$POSTGRES_USER" --dbname postgres ${commands.join(' ')}'`
}
