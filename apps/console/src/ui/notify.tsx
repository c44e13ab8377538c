import { Toast, ToastBody, ToastTitle, useToastController } from '@fluentui/react-components';

export const toasterId = 'notices';

interface Notices {
  readonly done: (title: string) => void;
  readonly failed: (title: string, error: Error) => void;
}

/** Short notices at the edge of the window, read aloud by screen readers. */
export function useNotify(): Notices {
  const { dispatchToast } = useToastController(toasterId);
  return {
    done: (title) => {
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
        </Toast>,
        { intent: 'success', timeout: 4000 },
      );
    },
    failed: (title, error) => {
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          <ToastBody>{error.message}</ToastBody>
        </Toast>,
        { intent: 'error', timeout: 12_000 },
      );
    },
  };
}
