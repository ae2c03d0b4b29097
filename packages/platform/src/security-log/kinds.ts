// The kinds of security events, each with what it says. The one list: readers filter by it, writers are typed by it. What is
// not here is not recorded.

/** Kinds with their meaning: who `actor` is, what `target` is, what `details` may hold. */
export const SECURITY_EVENT_KINDS = {
  sign_in: 'Somebody signed in; details.grant says how',
  sign_in_failed: 'Wrong credentials; the target is the user they name, details.repeated counts further ones',
  sign_in_throttled: 'Attempts were refused unseen because too many had failed',
  refresh_token_reused: 'A used refresh token came back; the session was ended',
  sign_out: 'Somebody ended the session he asked with',
  session_revoked: 'A session was ended from elsewhere',
  password_changed: 'Somebody changed his own password',
  password_reset: "Somebody set another user's password",
  api_key_created: 'A key was made',
  api_key_first_used: 'A key was used for the first time',
  api_key_refused: 'A revoked or expired key was shown, or one of a disabled user',
  api_key_revoked: 'A key was revoked',
  user_created: 'A user was made',
  user_disabled: 'A user was disabled',
  user_enabled: 'A user was enabled',
  user_deleted: 'A user was deleted',
  user_restored: 'A user was brought back',
  user_moved: 'A user changed the business unit',
  team_created: 'A team was made',
  team_deleted: 'A team was deleted',
  team_restored: 'A team was brought back',
  team_moved: 'A team changed the business unit',
  unit_created: 'A business unit was made',
  unit_moved: 'A business unit changed its parent',
  unit_deleted: 'A business unit was deleted',
  unit_restored: 'A business unit was brought back',
  role_given: 'A role was given to a user or team',
  role_taken: 'A role was taken from a user or team',
  member_added: 'A user became a member of a team',
  member_removed: 'A user is no member of a team any more',
  record_shared: 'A record was shared with a user or team',
  share_changed: 'The rights of a share were set',
  share_revoked: 'A share was taken back',
  records_handed_over: 'The records of a user were given to another',
  roles_published: 'Role documents were published',
  package_installed: 'A package of documents was installed; details.version says which',
  package_upgraded: 'A package was brought to another version; details.from says from which',
  package_uninstalled: 'A package was taken away; its data are kept out of sight until they are purged',
  hidden_data_purged: 'Values of removed fields and entities were dropped for good; details.items says which',
  export_started: 'Records are being taken out as a file',
  export_ended: 'The file is complete, or broke off',
  jobs_replayed: 'Jobs that had failed for good are run again; details.ids says which were asked for',
  capability_refused: 'Somebody lacked the capability for what he asked for',
  acted_as: 'Somebody worked with the rights of another, as far as he has them himself',
  act_as_refused: 'Somebody may not act as the user he named',
  record_redacted: 'Values of a record were taken out of its history',
} as const;

export type SecurityEventKind = keyof typeof SECURITY_EVENT_KINDS;

/** Whether a text is one of the kinds. */
export function isSecurityEventKind(text: string): text is SecurityEventKind {
  return Object.hasOwn(SECURITY_EVENT_KINDS, text);
}
