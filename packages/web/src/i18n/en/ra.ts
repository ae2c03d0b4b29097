// Texts that ra-core itself shows through its hooks.
export const ra = {
  notification: {
    updated: 'Saved |||| %{smart_count} records saved',
    created: 'Created',
    deleted: 'Deleted |||| %{smart_count} records deleted',
    bad_item: 'The record is not as expected',
    item_doesnt_exist: 'There is no such record',
    http_error: 'The service cannot be reached',
    data_provider_error: 'The service answered with an error',
    canceled: 'Taken back',
    logged_out: 'Your session has ended. Sign in again.',
    not_authorized: 'You may not do this.',
  },
  action: { undo: 'Undo', close: 'Close' },
  message: { error: 'An error has happened', invalid_form: 'Some values are not valid' },
  page: { error: 'Something went wrong', not_found: 'Not found' },
  validation: { required: 'Must be given' },
  navigation: { no_results: 'No records' },
};
