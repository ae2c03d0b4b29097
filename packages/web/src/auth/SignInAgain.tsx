// The session has ended while somebody works: signing in over the page, which stays as it is. Requests that wait then go on.

import type { ClientModel } from '@kartoteka/metadata';
import { Button, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { SignInForm } from './SignInForm.tsx';
import { useSession } from './session-context.ts';

export function SignInAgain({ opened }: { readonly opened: boolean }) {
  const translate = useTranslate();
  const session = useSession();
  const held = useQueryClient().getQueryData<{ model: ClientModel }>(['client-model']);
  return (
    <Modal
      opened={opened}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={translate('app.login.ended')}
      zIndex={10_000}
    >
      <Text size="sm" c="dimmed" mb="md">
        {translate('app.login.endedText')}
      </Text>
      <SignInForm email={held?.model.user.email} />
      <Button variant="subtle" color="gray" fullWidth mt="xs" onClick={() => void session.signOut().catch(() => {})}>
        {translate('app.user.signOut')}
      </Button>
    </Modal>
  );
}
