// The namespace of all types, actions and functions of the service.
export const NAMESPACE = 'kartoteka';
