/** Properties that a test changes while a component is mounted. */
export function changing<Props extends object>(props: Props): Props {
  const state = $state(props);
  return state;
}
