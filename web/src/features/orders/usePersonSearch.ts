import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../../api/calls";
import { usePages } from "../../components/Pager";

export interface Person {
  name: string;
  phone: string;
}

/**
 * Orders of a person. Asked once for each page and not again by itself, since each time is recorded; forgotten with the
 * page that shows them.
 */
export function usePersonSearch(pageSize: number) {
  const [person, setPerson] = useState<Person>();
  const [asked, setAsked] = useState(0);
  const pages = usePages(String(asked));
  const client = useQueryClient();
  const token = pages.token;
  const found = useQuery({
    // The person is no part of the key: keys stay in memory longer than what they lead to.
    queryKey: ["people", asked, token],
    queryFn: () => api.findOrdersByPerson({ ...person, page_size: pageSize, page_token: token }),
    enabled: person !== undefined,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: false,
  });
  useEffect(() => () => client.removeQueries({ queryKey: ["people"] }), [client]);

  const look = (next: Person | undefined) => {
    setPerson(next);
    setAsked((count) => count + 1);
  };
  return { person, found, pages, look };
}
