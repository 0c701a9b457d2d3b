import { useEffect, useRef, useState } from 'preact/hooks';

interface PickListProps {
  readonly name: string;
  readonly options: readonly { readonly value: string; readonly name: string }[];
  readonly chosen: readonly string[];
  readonly choose: (chosen: string[]) => void;
}

/** Beyond so many a person looks for one by typing. */
const FEW = 8;

/** Several of many, behind a button that says which. */
export function PickList({ name, options, chosen, choose }: PickListProps) {
  const place = useRef<HTMLDetailsElement>(null);
  const [search, setSearch] = useState('');
  useEffect(() => {
    const close = ({ target }: Event): void => {
      const { current } = place;
      if (current?.open && target instanceof Node && !current.contains(target)) current.open = false;
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, []);

  // What a link asks for is shown though it is not there any more: it can be taken out again.
  const known = new Set(options.map(({ value }) => value));
  const all = [...options, ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, name: value }))];
  const found = all.filter((option) => option.name.toLowerCase().includes(search.toLowerCase()));
  const first = all.find(({ value }) => value === chosen[0])?.name ?? chosen[0];
  return (
    <details
      class="pick"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !place.current?.open) return;
        place.current.open = false;
        place.current.querySelector('summary')?.focus();
      }}
    >
      <summary class={chosen.length > 0 ? 'chip chosen' : 'chip'}>
        {name}
        {chosen.length > 0 ? `: ${first}` : ''}
        {chosen.length > 1 ? ` and ${chosen.length - 1} more` : ''}
      </summary>
      <div class="picks">
        {all.length > FEW ? (
          <input
            type="search"
            aria-label={`Search ${name.toLowerCase()}s`}
            placeholder="Search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        ) : undefined}
        <ul>
          {found.slice(0, 200).map((option) => (
            <li key={option.value}>
              <label>
                <input
                  type="checkbox"
                  checked={chosen.includes(option.value)}
                  onChange={({ currentTarget }) =>
                    choose(
                      currentTarget.checked
                        ? [...chosen, option.value]
                        : chosen.filter((value) => value !== option.value),
                    )
                  }
                />{' '}
                {option.name}
              </label>
            </li>
          ))}
          {found.length === 0 ? <li class="quiet">None</li> : undefined}
          {found.length > 200 ? <li class="quiet">{found.length - 200} more: type to find them</li> : undefined}
        </ul>
      </div>
    </details>
  );
}
