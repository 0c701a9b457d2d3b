import { useObserved } from '../live/observed.ts';
import { chooseTheme, THEMES, theme } from '../live/theme.ts';

const NAMES = { system: 'Auto', light: 'Light', dark: 'Dark' } as const;

export function ThemeSwitch() {
  const chosen = useObserved(theme);
  return (
    <label class="theme">
      <span class="theme-label">Theme</span>
      <select
        value={chosen}
        onChange={({ currentTarget }) => chooseTheme(THEMES.find((name) => name === currentTarget.value) ?? 'system')}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
